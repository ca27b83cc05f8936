"""The working of a layer as records: every equation as it would be written by hand, and as an expression to check it.

`layer` explains one layer of an analysis, `manual` a kind, `cnncalc.codes` a diagnostic code. Nothing here is text for
a reader yet: `report.explain` renders the records.
"""
