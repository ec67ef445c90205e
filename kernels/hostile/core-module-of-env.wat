;; Is a core module that imports from env.
(module
  (import "env" "abort" (func (param i32)))
  (func (export "attack")))
