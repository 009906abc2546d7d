# What is installed where, and the Debian package of it (scripts/package).
include(GNUInstallDirs)

install(TARGETS hil_scheduler plant_sim istentore_sim RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})

# Pages and what editors look at.
install(DIRECTORY www/dist/ DESTINATION ${CMAKE_INSTALL_DATADIR}/hil-scheduler/www OPTIONAL)
install(FILES etc/hil.schema.json etc/scenario.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/hil-scheduler)
install(DIRECTORY etc/monitoring DESTINATION ${CMAKE_INSTALL_DATADIR}/hil-scheduler)
install(FILES README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} PATTERN decisions EXCLUDE)
install(DIRECTORY etc/plans etc/prices etc/scenarios etc/proxy DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES etc/devices.json DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY etc/package/drop-in/ DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples/hil-scheduler.service.d)

# The service. An installed configuration keeps its data where the unit does.
file(READ etc/hil.json shipped)
string(REPLACE "\"./hil.schema.json\"" "\"${CMAKE_INSTALL_FULL_DATADIR}/hil-scheduler/hil.schema.json\"" shipped "${shipped}")
string(REPLACE "\"data_dir\": \"data\"" "\"data_dir\": \"/var/lib/hil-scheduler\"" shipped "${shipped}")
string(REPLACE "\"log_dir\": \"logs\"" "\"log_dir\": \"/var/log/hil-scheduler\"" shipped "${shipped}")
file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/installed/hil.json "${shipped}")
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS etc/hil.json)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/installed/hil.json DESTINATION ${CMAKE_INSTALL_FULL_SYSCONFDIR}/hil-scheduler
  PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ WORLD_READ)
install(FILES etc/hil-scheduler.service DESTINATION lib/systemd/system)

# Man pages and completion come from the programs themselves: what they say is what is installed.
set(pages ${CMAKE_CURRENT_BINARY_DIR}/installed)
add_custom_command(OUTPUT ${pages}/hil_scheduler.1.gz
  COMMAND ${CMAKE_COMMAND} -DPROGRAMS=$<TARGET_FILE:hil_scheduler>|$<TARGET_FILE:plant_sim>|$<TARGET_FILE:istentore_sim>
    -DOUTPUT=${pages} -DVERSION=${PROJECT_VERSION} -P ${PROJECT_SOURCE_DIR}/cmake/pages.cmake
  DEPENDS hil_scheduler plant_sim istentore_sim ${PROJECT_SOURCE_DIR}/cmake/pages.cmake
  COMMENT "man pages and completion" VERBATIM)
add_custom_target(man_pages DEPENDS ${pages}/hil_scheduler.1.gz)
install(FILES ${pages}/hil_scheduler.1.gz ${pages}/plant_sim.1.gz ${pages}/istentore_sim.1.gz
  DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 OPTIONAL)
install(FILES ${pages}/hil_scheduler.bash RENAME hil_scheduler
  DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions OPTIONAL)

# The package. scripts/package makes what is under package/ first: changelog, copyright, the list of parts.
set(package ${CMAKE_CURRENT_BINARY_DIR}/package)
install(FILES ${package}/copyright ${package}/changelog.gz ${package}/hil-scheduler.spdx.json
  DESTINATION ${CMAKE_INSTALL_DOCDIR} OPTIONAL)
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME hil-scheduler)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "The hil-scheduler developers <hil-scheduler@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "dispatch of battery plants over Modbus TCP, emulation and recording")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION "Writes power setpoints of a plan to the controllers of battery
plants, watches that they follow, records what is measured and serves
a dashboard. The same plants are emulated for rehearsals, and a whole
site can be simulated from one seed. The service is not started by
the installation.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, tzdata")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "prometheus, nginx")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
  "${PROJECT_SOURCE_DIR}/etc/package/conffiles;${PROJECT_SOURCE_DIR}/etc/package/postinst;${PROJECT_SOURCE_DIR}/etc/package/prerm;${PROJECT_SOURCE_DIR}/etc/package/postrm")
include(CPack)
