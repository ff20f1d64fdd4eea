//! The economy's exogenous market and the policy generators.
