// Where a browser shows no PDF, "Print" prints the page, which on paper is the certificate's picture alone.
"use strict";

for (const link of document.querySelectorAll("[data-print]")) {
  if (navigator.pdfViewerEnabled) continue;
  link.addEventListener("click", (event) => {
    event.preventDefault();
    print();
  });
}
