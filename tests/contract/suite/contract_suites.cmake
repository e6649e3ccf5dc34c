# The contract suites, here and in the installed package: outdial::contract_suite for databases, and
# outdial::<port>_contract for each other port. Test cases register themselves, and a linker would leave out those of a
# static library: these are objects.

add_library(outdial_contract_values STATIC EXCLUDE_FROM_ALL "${CMAKE_CURRENT_LIST_DIR}/values.cc")
target_link_libraries(outdial_contract_values PUBLIC outdial_test_support outdial::entities)

set(sources "")
foreach(name IN ITEMS
        changes_contract
        database_test
        event_outbox_contract
        oracle
        outdial_progress_service_contract
        outdial_repository_contract
        outdial_service_contract
        outdial_target_call_repository_contract
        outdial_target_call_service_contract
        outdial_target_repository_contract
        outdial_target_service_contract
        request_journal_contract
        result_rows_contract
        services_property
        target_import_service_contract
        thread_safety_contract
        transaction_contract)
  list(APPEND sources "${CMAKE_CURRENT_LIST_DIR}/${name}.cc")
endforeach()
add_library(outdial_contract_suite OBJECT EXCLUDE_FROM_ALL ${sources})
target_link_libraries(outdial_contract_suite PUBLIC outdial_contract_values outdial::core outdial::memory)

set(OUTDIAL_CONTRACT_SUITES outdial_contract_suite)
foreach(port IN ITEMS cache clock event_publisher id_source number_normalizer relay_lock)
  set(suite outdial_${port}_contract)
  add_library(${suite} OBJECT EXCLUDE_FROM_ALL "${CMAKE_CURRENT_LIST_DIR}/${port}_contract.cc")
  target_link_libraries(${suite} PUBLIC outdial_contract_values outdial::ports)
  list(APPEND OUTDIAL_CONTRACT_SUITES ${suite})
endforeach()
foreach(suite IN LISTS OUTDIAL_CONTRACT_SUITES)
  string(REGEX REPLACE "^outdial_" "outdial::" alias ${suite})
  add_library(${alias} ALIAS ${suite})
endforeach()
