"""Interpretability of networks that classify: filters, responses, activation maximisation, saliency, embedding maps.

Gradients with respect to the input are taken by training it: the input is the only variable of a frozen network
(:mod:`mir_models.interpretability.input_gradient`), which is the same code on every backend of Keras.

convolutions: which convolutions are there, what are their filters, and how do they respond to a window?
activation_maximisation: which input maximises the activation of a filter?
saliency: how does the probability of a class change with each cell of a spectrogram?
embedding_map: a map of tracks in the plane (t-SNE)
input_gradient: gradient ascent on the input of a network
"""

__all__ = ["activation_maximisation", "convolutions", "embedding_map", "input_gradient", "saliency"]
