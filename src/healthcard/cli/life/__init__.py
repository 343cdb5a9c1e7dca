"""The whole life of cards, told by clients of the two APIs: desks with a reader, and a hospital.

Nothing here enters the system but over HTTP, as any integrator's program would; the chips lie in the readers of the
desk. `story.STEPS` is the table of what happens.
"""
