"""Part of Magistrate; see the modules in this folder."""
