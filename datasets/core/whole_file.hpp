// A file that is there whole or not at all, where a name leads to one; a device or a pipe is written through.
//
//   the name is             what happens at commit()
//   new, or a file          a nameless file of its folder takes the name; an old file's permissions stay
//   a link                  the same to what it leads to; the link stays
//   a device, a pipe,       the bytes are written to it, at the end
//   /dev/stdout, /dev/fd/N
//   a folder, a disk        UserError
#pragma once

#include <sys/types.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "datasets/core/types.hpp"

namespace maskbench {

// Where an output's name leads.
struct Destination {
  std::string given;         // as the user wrote it
  std::string path;          // links followed
  bool stream = false;       // written through, not replaced
  int open_descriptor = -1;  // of this process: /dev/stdout, /dev/fd/N
  bool exists = false;
  mode_t mode = 0;  // permissions, where it exists
};

// UserError: no name, a folder, a disk, a socket, links that lead nowhere or in a circle.
Destination destination_of(const std::string& path);

class WholeFile {
 public:
  enum class Access { as_usual, owner_only };

  // Makes a nameless file in the folder of `path`. UserError: as destination_of; the folder is missing or may
  // not be written.
  explicit WholeFile(const std::string& path, Access access = Access::as_usual);
  ~WholeFile();  // not committed: nothing is left
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  const std::string& path() const { return to_.given; }
  void append(const void* data, std::size_t bytes);  // one way to write; UserError where the disk is full
  std::size_t size() const { return size_; }         // bytes appended
  int duplicate() const;  // another way: a descriptor of the file, the caller's to close
  void commit();          // from now on it stands at `path`

  // All are whole before the first is put in place; the last is put in place last.
  static void commit(std::initializer_list<WholeFile*> files);

 private:
  [[noreturn]] void fail(const char* what) const;
  void open_file(mode_t mode);
  void name_it();  // a name of its own beside `path`
  void put_in_place();

  Destination to_;
  std::string name_;  // of the file before it is put in place; "": it has none
  int descriptor_ = -1;
  std::size_t size_ = 0;
};

// A file with this text; refusals as above.
void write_whole(const std::string& path, std::string_view text);

// The same refusals as WholeFile's, before any work is done; leaves nothing behind.
void check_can_write(const std::string& path);

}  // namespace maskbench
