"""The index as text: the same values give the same bytes. Only this folder decides how unknown is written."""
