"""The reader on the clerk's desk: carries the workbench's card sessions to PC/SC readers; no rule, no key is here."""
