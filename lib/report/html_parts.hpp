// The parts of the page, each as HTML.
#pragma once

#include "report/document.hpp"

#include <string>

namespace hil::report {

std::string figures_table(const Document& document);
std::string happenings(const Document& document);     // alarms and events
std::string plans_section(const Document& document);  // whose plan decided, and what is kept of plans
std::string slices_table(const Document& document, const PlantPart& plant);
// What is only watched: empty where there is nothing.
std::string device_sections(const Document& document);
// Everything that is drawn, for the script and for other programs: JSON.
std::string embedded_data(const Document& document);

}  // namespace hil::report
