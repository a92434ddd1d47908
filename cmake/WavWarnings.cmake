# wav_enable_warnings(target): the project's warning set, errors by default.
function(wav_enable_warnings target)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wno-unused-parameter -Wshadow-uncaptured-local
    -Wnon-virtual-dtor -Wunused -Wimplicit-fallthrough)
  if(WAV_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
endfunction()
