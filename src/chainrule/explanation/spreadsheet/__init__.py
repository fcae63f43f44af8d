"""A worked example as a spreadsheet whose formulas are live."""
