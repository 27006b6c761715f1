//! Template to nearest: the exact 1:N search.
