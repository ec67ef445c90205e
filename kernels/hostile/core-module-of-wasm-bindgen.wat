;; Is a core module that imports from __wbindgen_placeholder__.
(module
  (import "__wbindgen_placeholder__" "__wbindgen_describe" (func (param i32)))
  (func (export "attack")))
