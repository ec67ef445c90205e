;; Imports an instance within one of WASI, which has none: the hosts' stub refuses it at load.
(component
  (import "wasi:io/poll@0.2.0" (instance (export "inner" (instance (export "f" (func)))))))
