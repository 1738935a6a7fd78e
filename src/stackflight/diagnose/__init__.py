"""History -> Diagnosis: which failure is the root, what caused it, and what to do. Causes are data, in `causes/`."""
