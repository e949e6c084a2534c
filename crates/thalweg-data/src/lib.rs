//! Files to datasets.
