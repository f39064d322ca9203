"""Changes of a system that coincide with WMI activity, and how each stands to it (triage practice 3.4)."""
