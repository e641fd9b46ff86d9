"""Artist recognition on small corpora: by grouped folds, and of artists that were not trained on."""
