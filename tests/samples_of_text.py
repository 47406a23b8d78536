"""Lines written for the tests, in scripts that differ in what can go wrong."""

LINES = {
    "English": [
        "The iPhone 14 Pro costs $999.00, not 350\u00b0F!",
        "C++ is not C#; it\u2019s a dog's life...",
        "a dog and a cat and the dog",
        "(see <eos>, <unk> and <0x41>) 100% -- \u201cquoted\u201d",
    ],
    "German": [
        "Stra\u00dfe \u00fcber Gr\u00f6\u00dfe",
        "Der Hund l\u00e4uft, die Katze schl\u00e4ft.",
    ],
    "Hindi": ["हिन्दी में लिखना अच्छा है।", "मेरा नाम क्या है? २०२४"],
    "Arabic": ["اَلْعَرَبِيَّةُ لُغَةٌ جَمِيلَةٌ", "مرحبا بالعالم، 123"],
    "Hebrew": ["שָׁלוֹם עֲלֵיכֶם", "הכלב רץ מהר (מאוד)"],
    "Thai": ["ภาษาไทยไม่มีช่องว่างระหว่างคำ", "ฉันมีสุนัข 2 ตัว น้ำ"],
    "Chinese": [
        "床前明月光，疑是地上霜。",
        "我用 Python 3.11 寫詩",
        "舉頭望明月，低頭思故鄉。",
    ],
    "Japanese": ["吾輩は猫である。名前はまだ無い。", "カタカナとひらがな、がぎぐ"],
    "Korean": ["나는 개를 좋아한다.", "한국어 문장 하나"],
    "Russian": ["Собака бежит по пляжу.", "Ёлка и йод"],
    "Tamil": ["தமிழ் மொழி இனிமை", "நாய் ஓடுகிறது"],
    "emoji": [
        "\U0001f415\u200d\U0001f9ba runs \u2764\ufe0f\U0001f1e9\U0001f1ea 1\ufe0f\u20e3",
        "\U0001f469\U0001f3fd\u200d\U0001f4bb",
    ],
    "no one's": ["\u2581\u2581 a\u0323\u0307 \U00013000\U0001d11e \ue000 \ufffd\u200b\x00\x7f"],
}
