;; What a kernel looks like: an interface with named types, memory, allocator, post-return, panic buffer, metadata, docs.
(component
  (core module $m
    (memory (export "memory") 2)
    (global $stack (mut i32) (i32.const 1024))
    (global (export "tenon_panic") i32 (i32.const 4096))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "parse") (param i32 i32) (result i32) unreachable)
    (func (export "parse_post") (param i32)))
  (core instance $i (instantiate $m))
  (type $software (record (field "family" string) (field "major" (option string))))
  (type $type (enum "desktop" "phone"))
  (func $parse (param "ua" string) (result (list (tuple $software $type)))
    (canon lift (core func $i "parse") (memory (core memory $i "memory")) (realloc (core func $i "cabi_realloc")) (post-return (core func $i "parse_post"))))
  ;; As wit-component does it: a nested component that gives the types their names and passes the function on.
  (component $interface
    (type $software (record (field "family" string) (field "major" (option string))))
    (import "import-type-software" (type $software-in (eq $software)))
    (type $type (enum "desktop" "phone"))
    (import "import-type-type" (type $type-in (eq $type)))
    (import "import-func-parse" (func $parse (param "ua" string) (result (list (tuple $software-in $type-in)))))
    (export $software-out "software" (type $software-in))
    (export $type-out "type" (type $type-in))
    (export "parse" (func $parse) (func (param "ua" string) (result (list (tuple $software-out $type-out))))))
  (instance $parser (instantiate $interface
    (with "import-type-software" (type $software))
    (with "import-type-type" (type $type))
    (with "import-func-parse" (func $parse))))
  (export "acme:agents/parser@1.2.0" (instance $parser))
  (@custom "tenon:kernel" "{\"format\":1,\"kernel\":\"agents\",\"version\":\"1.2.0\",\"warm\":[\"parse\"]}")
  (@custom "package-docs" "\01{\"interfaces\":{\"parser\":{\"docs\":\"Parsing.\",\"funcs\":{\"parse\":{\"docs\":\"Parses one.\"}},\"types\":{\"software\":{\"docs\":\"A program.\",\"items\":{\"family\":\"Its name.\"}},\"type\":{\"items\":{\"phone\":\"Small.\"}}}}}}"))
