// What wires a whole site together includes nearly all of it.
#pragma once

#include "precompiled_parts.hpp"

#include "service/service.hpp"
