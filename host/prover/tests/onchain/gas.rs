//! What a proven update costs, against the committed figures and the aim.
