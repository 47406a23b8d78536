"""Operations of a trained model on captions.

Each class adds methods to the one before it: `TrainedModel`, `CaptionCodec`, `CaptionScorer`,
`CaptionSpace`, `CaptionsBetween`, `CaptionMoves`, `LabelledCaptions` and `pipeline.Pipeline`.
"""
