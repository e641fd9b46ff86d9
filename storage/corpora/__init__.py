"""Registered corpora: their registrations, what they list, and how they are split."""
