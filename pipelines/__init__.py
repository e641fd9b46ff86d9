"""The names by which people reach the graph: definitions, jobs, schedules, sensors, resources, the command line."""
