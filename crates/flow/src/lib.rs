//! Cases and tasks by the flow that a pack declares.
