/** The ring over HTTP: a REST interface, events, and the page that shows the ring. */
package dev.chord.node.gateway;
