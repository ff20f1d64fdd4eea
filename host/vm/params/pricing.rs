//! Formulas of start costs, memory, data fee and variable ink.
