"""Looking inside a network of classes: its filters, what they answer to a clip, what they answer to most, and why.

Gradients by the input are taken by training it: the input becomes the only variable of a network whose own weights
stand still (:mod:`mir_models.interpretability.input_gradient`). That is the same code on every backend of Keras.
"""
