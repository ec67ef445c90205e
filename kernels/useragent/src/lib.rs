//! useragent
