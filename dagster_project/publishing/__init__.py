"""From an audited work file to a published version that readers open."""
