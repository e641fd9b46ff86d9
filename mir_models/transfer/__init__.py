"""Transfer: embeddings, probes, their comparison, fine-tuning."""
