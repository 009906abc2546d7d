// The runner in main.cpp is built without the precompiled header, and CMake writes the header of a target
// only if one of its sources uses it: this one does.
