"""Mutation testing: how many small faults put into a module do that module's own fast tests notice?

Each mutant changes one place of one file in a copy of the tree, and the tests of that module (`plan.TESTS`) are run
on it. The mutants are those of cosmic-ray, plus a few of our own (`operators`); a seeded sample is drawn per module.
"""
