//! Deployment, KPI oracle, inference, signing and submission against any Stylus node.
