# What `cmake --install` puts where, and the package that find_package(Wav)
# finds. Targets: Wav::Wav (compiler), Wav::wavrt (runtime).
include(CMakePackageConfigHelpers)
set(WAV_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/Wav)
set(WAV_PLUGIN_PATH ${CMAKE_INSTALL_LIBDIR}/WavPlugin.so)

install(TARGETS Wav wavrt wavrt_main EXPORT WavTargets
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/wav runtime/include/wavrt
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
install(DIRECTORY dialects/wav DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.td")
install(DIRECTORY ${CMAKE_BINARY_DIR}/dialects/wav ${CMAKE_BINARY_DIR}/include/wav
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h.inc")
install(EXPORT WavTargets NAMESPACE Wav:: DESTINATION ${WAV_CMAKE_DIR})
configure_package_config_file(${CMAKE_SOURCE_DIR}/cmake/WavConfig.cmake.in
  ${CMAKE_BINARY_DIR}/WavConfig.cmake INSTALL_DESTINATION ${WAV_CMAKE_DIR}
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR WAV_PLUGIN_PATH)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/WavConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/WavConfig.cmake
  ${CMAKE_BINARY_DIR}/WavConfigVersion.cmake DESTINATION ${WAV_CMAKE_DIR})
