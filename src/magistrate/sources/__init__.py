"""From files to normalised events: finding inputs, reading records, mapping them to columns."""
