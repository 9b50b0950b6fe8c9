"""What a command has written, for a page: its colours, its lines, and the exception at its end.

Output is text of anybody. All of it is escaped, and nothing in it controls the page: `terminal` knows colours
and the few movements that progress bars use, and drops every other sequence.
"""
