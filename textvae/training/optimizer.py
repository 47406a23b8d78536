"""Adam, its step in one operation a weight."""

import keras
import tensorflow as tf

from textvae.types import Tensor


class Adam(keras.optimizers.Adam):
    """`keras.optimizers.Adam`: the same steps and the same state.

    Keras makes a step of a dozen operations, each of which goes over all of a weight's memory.

    Source: Kingma & Ba 2015, the form at the end of section 2 (arXiv 1412.6980).
    """

    def update_step(
        self, gradient: Tensor, variable: tf.Variable, learning_rate: Tensor
    ) -> None:
        """Change `variable` and its two moments in place."""
        step = tf.cast(self.iterations.value + 1, variable.dtype)
        place = self._get_variable_index(variable)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[place].value.handle,
            v=self._velocities[place].value.handle,
            beta1_power=tf.pow(tf.cast(self.beta_1, variable.dtype), step),
            beta2_power=tf.pow(tf.cast(self.beta_2, variable.dtype), step),
            lr=tf.cast(learning_rate, variable.dtype),
            beta1=tf.cast(self.beta_1, variable.dtype),
            beta2=tf.cast(self.beta_2, variable.dtype),
            epsilon=tf.cast(self.epsilon, variable.dtype),
            grad=tf.convert_to_tensor(gradient),
        )
