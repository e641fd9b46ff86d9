"""What joins trained models and test tracks: scores beside baselines, excerpts, interpretability, report fields."""
