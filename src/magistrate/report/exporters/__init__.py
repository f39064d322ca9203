"""One report format a module; adding a module adds the format.

A module with `FILE` is written into every case folder (`magistrate.report.write`); every module is offered by
`magistrate export` (`magistrate.report.export_formats` says what a module holds). The generic test finds a new one and
asks for its golden file.
"""
