"""The pages of controls, clauses, treatments and the Statement of Applicability."""
