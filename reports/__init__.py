"""What people read of a run: pages, gradebook, JSON. Reads records and runs nothing.

`folder.write` fills a run folder; `pages`, `gradescope` and `feedback` make one page or one JSON of a record.
Nothing is imported here: who only asks for harmless text need not wait for templates.
"""
