//! What the model sees: prompt assembly, projection, token estimates, reminders.
