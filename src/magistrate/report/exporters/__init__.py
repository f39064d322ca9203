"""One report format a module. A module offers `FILE`, the name in the case folder, and `render(view)`, its bytes' text.

Adding a module adds the format: `magistrate.report.write` finds it, and the generic test asks for its golden file.
"""
