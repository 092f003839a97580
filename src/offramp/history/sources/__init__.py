"""The source files of the record: what each must look like, how it is read, where it can be had.

`text` turns a file into rows with their line numbers; `spec` says what a column may hold and checks it (pandera);
`leaders`, `coups`, `regimes`, `conflict` and `wealth` describe the files of each maker; `registry` finds them in a
folder
and reads them all; `addresses` and `download` know where they come from. Needs polars and pandera; nothing is imported
here.
"""
