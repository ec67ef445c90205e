//! What every kernel links: the panic report and the randomness policy
