"""Evaluation: metrics, baselines, and a model beside them on test tracks."""
