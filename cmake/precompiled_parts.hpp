// What the parts of a site include besides: files, JSON, and the plain parts everything else is made of.
#pragma once

#include "precompiled.hpp"

#include "base/async_event.hpp"
#include "base/blocking_executor.hpp"
#include "base/clock.hpp"
#include "base/random.hpp"
#include "base/result.hpp"
#include "base/subscription.hpp"
#include "base/task_group.hpp"
#include "base/time.hpp"
#include "base/zone.hpp"
#include "config/config.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <filesystem>
#include <set>
#include <sstream>
